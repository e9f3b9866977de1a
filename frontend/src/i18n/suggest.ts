import { speaker } from './tongue'

const en = {
  open: 'Suggested questions',
  title: 'Questions that “{name}” suggests',
  hint: 'An empty chat offers these first, {most} at most. Only such as the documents answer are shown.',
  one: 'Question {n}',
  add: 'Add a question',
  drop: 'Take question {n} out',
  none: 'None is written yet.',
  placeholder: 'A question that the documents answer',
  shown: 'shown',
  held: 'not shown: nothing fitting is found, or it was declined or disliked when last asked',
  after: 'After them, by themselves',
  asked: 'asked by visitors',
  heading: 'a heading',
  save: 'Save',
  saved: 'Saved.',
} as const

const zh: Record<keyof typeof en, string> = {
  open: '建議問題',
  title: '「{name}」建議的問題',
  hint: '空白的對話會先列出這些問題，最多 {most} 個。只會顯示文件能回答的問題。',
  one: '問題 {n}',
  add: '新增問題',
  drop: '移除問題 {n}',
  none: '尚未撰寫任何問題。',
  placeholder: '文件能回答的問題',
  shown: '已顯示',
  held: '未顯示：找不到合適的段落，或上次提問時遭婉拒或負評',
  after: '其後自動列出',
  asked: '訪客問過',
  heading: '標題',
  save: '儲存',
  saved: '已儲存。',
}

export const suggesting = { en, 'zh-TW': zh } as const

/** What is said where a collection's questions are written. */
export const put = speaker(suggesting)
