import { speaker } from './tongue'

const en = {
  answerOf: 'Answer {letter}',
  better: '{letter} is better',
  tie: 'Tie',
  bothBad: 'Both are bad',
  allBad: 'All are bad',
  whichBetter: 'Which answer is better?',
  whichBest: 'Which answer is best?',
  whyBetter: 'Why? (optional)',
  progress: '{ended} of {lanes} answers are complete',
  together: 'They are shown together when all are there, so that speed cannot sway the vote.',
  voteThanks: 'Thank you. The conversation goes on with the answer you preferred.',
  voteThanksAny: 'Thank you. The conversation goes on with answer {letter}.',
  voteFailed: 'Your vote was not saved: {message}',
  goOn: 'Go on without a vote',
  itWas: 'It was {name}.',
  votes: 'Blind votes',
  votesNever: 'Never',
  votesSometimes: 'Now and then',
  votesAlways: 'Every question',
} as const

const zh: Record<keyof typeof en, string> = {
  answerOf: '回答 {letter}',
  better: '{letter} 較好',
  tie: '不分上下',
  bothBad: '兩者都不好',
  allBad: '全都不好',
  whichBetter: '哪個回答較好？',
  whichBest: '哪個回答最好？',
  whyBetter: '為什麼？（選填）',
  progress: '已完成 {ended}／{lanes} 個回答',
  together: '全部完成後才會同時顯示，以免速度影響評比。',
  voteThanks: '謝謝。對話將以您選擇的回答繼續。',
  voteThanksAny: '謝謝。對話將以回答 {letter} 繼續。',
  voteFailed: '您的投票未儲存：{message}',
  goOn: '不投票，繼續',
  itWas: '這是「{name}」的回答。',
  votes: '盲測投票',
  votesNever: '從不',
  votesSometimes: '偶爾',
  votesAlways: '每個問題',
}

export const voting = { en, 'zh-TW': zh } as const

/** What is said around a vote, in the workspace and in the widget. */
export const call = speaker(voting)
