const full = `Annual leave

Full-time employees receive 24 days of paid annual leave per calendar year. Part-time employees receive leave in proportion to their contracted hours.

Carrying over

Up to 5 unused days may be carried over into the next year. Carried-over days must be taken by 31 March; after that they lapse, unless the employee was on parental leave or long-term sick leave.

Requests

Requests are made in the staff portal at least two weeks before the first day of leave. A manager answers within three working days.`

const paragraphs = full.split('\n\n')
let at = 0
const bodies = []
for (let i = 0; i < paragraphs.length; i += 2) {
  const text = `${paragraphs[i]}\n\n${paragraphs[i + 1]}`
  bodies.push({ text, start: at, end: at + text.length, heading: ['Employee handbook', paragraphs[i]] })
  at += text.length + 2
}

export const chunks = bodies.map((one, i) => ({ id: `k${i}`, ordinal: i, ...one, page: i < 2 ? 12 : 13, tokens: Math.round(one.text.length / 4) }))

const passage = (i, name, score) => ({
  document_id: 'd1', name, version: 2, chunk_id: `k${i}`, text: bodies[i].text, heading: bodies[i].heading, page: chunks[i].page,
  start: bodies[i].start, end: bodies[i].end, score, ranks: { dense: i + 1, lexical: i === 0 ? 1 : null },
})
export const passages = [passage(0, 'Employee handbook.pdf', 0.912), passage(1, 'Employee handbook.pdf', 0.847), passage(2, 'Employee handbook.pdf', 0.533)]

const citation = (n, claim, i, quote, verdict) => {
  const start = full.indexOf(quote)
  return { n, claim, document_id: 'd1', name: 'Employee handbook.pdf', version: 2, page: chunks[i].page, heading: bodies[i].heading, chunk_id: `k${i}`, start, end: start + quote.length, quote, verdict }
}
export const citations = [
  citation(1, 'Full-time employees receive 24 days.', 0, 'Full-time employees receive 24 days of paid annual leave per calendar year.', 'verified'),
  citation(2, 'Up to 5 unused days may be carried over.', 1, 'Up to 5 unused days may be carried over into the next year. Carried-over days must be taken by 31 March', 'verified'),
  citation(3, 'Requests go through the staff portal.', 2, 'Requests are made in the staff portal at least two weeks before the first day of leave.', 'weak'),
]

export const texts = {
  rag: 'Full-time employees receive **24 days** of paid annual leave per calendar year. [1] Up to 5 unused days may be carried over, and they must be taken by **31 March**. [2]\n\nTo take leave:\n\n- ask in the staff portal at least two weeks ahead [3]\n- your manager answers within three working days [3]\n\n| Contract | Days | Carry over |\n|---|---:|---:|\n| Full-time | 24 | 5 |\n| Part-time | in proportion | 5 |',
  zh: '全職員工每個日曆年享有 **24 天** 帶薪年假。[1] 未休完的假最多可保留 5 天至次年,並須於 3 月 31 日前休完。[2]',
  plain: 'Most companies give between 20 and 25 days of paid leave a year. The exact number depends on your contract, so ask your HR department or look into your employee handbook.',
  declined: 'The documents do not say this. I searched 28 documents in the collection "default" for "guest Wi-Fi password"; the nearest passages are about leave and the staff portal.',
  failed: '',
}

const variant = (name, label, approach, model, origin = 'preset') => ({ name, label, approach, model, parameters: {}, prompt_hash: '9f2c', origin })
export const variants = [
  variant('plain', 'Plain', 'plain', 'qwen2.5-coder-0.5b'), variant('few_shot', 'Few-shot', 'few_shot', 'qwen2.5-coder-0.5b'), variant('rag', 'RAG', 'rag', 'qwen2.5-coder-0.5b'),
  ...(process.env.TUNED ? [variant('fine_tuned', 'Fine-tuned', 'fine_tuned', 'handbook-lora', 'tuned'), variant('rag_fine_tuned', 'RAG on tuned', 'rag', 'handbook-lora', 'tuned')] : []),
]

const model = (name, task, source, license, context, measured) => ({ name, task, source, license, context, card: {}, deployed: true, measured })
export const models = [
  model('qwen2.5-coder-0.5b-instruct-q4_k_m', 'chat', 'local', 'Apache-2.0', 8192, { tokens_per_second: 50 }),
  model('all-MiniLM-L6-v2', 'embedding', 'local', 'Apache-2.0', 256, { tokens_per_second: 14000 }),
]

export const collections = [{ name: 'default', documents: 6, chunks: 214, created_at: '2026-11-02T08:00:00Z' }, { name: 'contracts', documents: 0, chunks: 0, created_at: '2026-11-10T08:00:00Z' }]

const document = (id, name, status, more = {}) => ({
  id, name, collection: 'default', version: 1, status, progress: status === 'indexed' ? 1 : 0, chunks: 0, pages: null, bytes: 18432,
  sha256: 'ab'.repeat(32), created_at: '2026-11-20T09:12:00Z', warnings: [], error: null, ...more,
})
export const documents = [
  document('d1', 'Employee handbook.pdf', 'indexed', { chunks: 142, pages: 48, bytes: 1843200, version: 2 }),
  document('d2', 'Price list 2026.xlsx', 'embedding', { progress: 0.62, chunks: 18, bytes: 48211 }),
  document('d3', '差旅費報支辦法.docx', 'indexed', { chunks: 21, pages: 6, bytes: 88123 }),
  document('d4', 'Minutes 2026-10-14.md', 'indexed', { chunks: 9, bytes: 7120, warnings: ['A table without a header row was read as text.'] }),
  document('d5', 'Supplier contract Nordlicht.pdf', 'failed', { bytes: 402113, error: { code: 'encrypted', message: 'The PDF is protected by a password.', hint: 'Save it without the password and upload it again.' } }),
  document('d6', 'Onboarding checklist.html', 'queued', { bytes: 12032 }),
]

const format = (key, label, ...extensions) => ({ key, label, extensions, media_types: [] })
export const formats = {
  items: [format('md', 'Markdown', '.md', '.markdown'), format('txt', 'plain text', '.txt'), format('html', 'HTML', '.html', '.htm'), format('pdf', 'PDF', '.pdf'), format('docx', 'Word', '.docx'), format('xlsx', 'Excel', '.xlsx'), format('eml', 'e-mail', '.eml')],
  max_file_bytes: 50_000_000, max_upload_bytes: 500_000_000, max_files: 1000,
}

const step = (name, seconds, detail) => ({ step: name, seconds, detail })

/** The steps of an answer, in the service's shapes. */
export function traceOf(kind, query, found, cited) {
  const search = found.length > 0 ? [step('retrieve', 0.034, { query, found: found.length, fit: 0.74, embed: 0.004, dense: 0.012, lexical: 0.006, fuse: 0.008, total: 0.034 })] : []
  if (kind === 'declined') return [...search, step('gate', 0.003, { passed: false, fit: 0.21, reason: 'no passage has: Wi-Fi' })]
  const gate = found.length > 0 ? [step('gate', 0.003, { passed: true, fit: 0.86, reason: '' })] : []
  const check = found.length > 0 ? [step('check', 0.012, { citations: cited.length, dropped: [] })] : []
  return [...search, ...gate, step('prompt', 0.001, { hash: '9f2c', chunks: found.map((one) => one.chunk_id) }), step('model', 2.07, { name: 'qwen2.5-coder-0.5b', finish: 'stop', completion_tokens: 74 }), ...check]
}
