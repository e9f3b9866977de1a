// A stand-in for the service, for work on the screen alone: `npm run build && npm run mock`, then open the address.
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chunks, citations, collections, documents, formats, models, passages, texts, traceOf, variants } from './mock-data.mjs'

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const port = Number(process.env.PORT ?? 8100)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const watchers = new Set()
let serial = 0

function json(response, body, status = 200) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Access-Control-Allow-Origin': '*' })
  response.end(JSON.stringify(body))
}

const page = (items) => ({ items, next: null })
const problem = (response, status, code, message, hint) => json(response, { code, message, hint }, status)

async function body(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts)
}

function openStream(response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'Access-Control-Allow-Origin': '*' })
  return (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
}

async function chat(request, response) {
  const asked = JSON.parse(await body(request))
  const variant = variants.find((one) => one.name === (asked.variant ?? 'rag'))
  if (!variant) return problem(response, 404, 'unknown_variant', `There is no variant ${asked.variant}.`, 'GET /api/variants lists them.')
  const send = openStream(response)
  const id = `a${++serial}`
  const conversation_id = asked.conversation_id ?? `c${Date.now().toString(36)}`
  const zh = /[\u4e00-\u9fff]/.test(asked.question)
  const kind = /wi-?fi|password/i.test(asked.question) ? 'declined' : /break|fail/i.test(asked.question) ? 'failed' : zh ? 'zh' : variant.approach === 'rag' ? 'rag' : 'plain'
  send('started', { id, conversation_id, variant: variant.name })
  await pause(300)
  const found = variant.approach === 'rag' ? passages : []
  if (found.length > 0) send('retrieved', { passages: found })
  await pause(500)
  const text = texts[kind]
  const cited = kind === 'rag' || kind === 'zh' ? citations : []
  if (kind === 'failed') {
    send('delta', { text: 'Full-time employees' })
    await pause(200)
    send('failed', { code: 'model_cut', message: 'The model stopped in the middle of its answer.', hint: 'Ask again; if it happens often, look at Settings, Health.' })
    return response.end()
  }
  if (kind !== 'declined') {
    for (const piece of text.match(/[^.。\n]+[.。\n]*\s*/g)) {
      if (response.destroyed) return
      send('delta', { text: piece })
      await pause(180)
    }
    send('citations', { citations: cited })
  }
  const answer = {
    id, conversation_id, variant: variant.name, approach: variant.approach, model: variant.model, text,
    finish: kind === 'declined' ? 'declined' : 'answered', citations: cited, passages: found,
    usage: kind === 'declined' ? { prompt_tokens: 0, completion_tokens: 0 } : { prompt_tokens: found.length ? 812 : 96, completion_tokens: 74 }, cost: null,
    timings: { queue: 0.002, retrieve: found.length ? 0.034 : 0, first_token: 0.81, total: 2.14 },
    trace: traceOf(kind, asked.question, found, cited),
    error: null,
  }
  send('finished', { answer })
  response.end()
}

async function upload(request, response) {
  const raw = (await body(request)).toString('latin1')
  const name = Buffer.from(/filename="([^"]+)"/.exec(raw)?.[1] ?? 'file', 'latin1').toString()
  if (/\.exe$/.test(name)) return problem(response, 415, 'unsupported_format', `${name} is not a format that can be read.`, 'Readable: md, txt, html, pdf, docx, pptx, xlsx, csv, eml, epub, xml.')
  const document = { ...documents[0], id: `d${Date.now()}${serial++}`, name, status: 'queued', progress: 0, chunks: 0, pages: null, bytes: raw.length, created_at: new Date().toISOString(), warnings: [] }
  documents.unshift(document)
  json(response, { items: [{ id: document.id, version: 1, name, status: 'queued', duplicate_of: null }] }, 202)
  for (let step = 1; step <= 20; step += 1) {
    await pause(200)
    Object.assign(document, { status: step < 6 ? 'parsing' : step < 20 ? 'embedding' : 'indexed', progress: step / 20, chunks: step > 6 ? 42 : 0, pages: 4 })
    for (const send of watchers) send('document', document)
  }
}

function serveFile(response, path) {
  const wanted = normalize(path === '/' || !extname(path) ? '/index.html' : path)
  const file = join(dist, wanted)
  if (!file.startsWith(dist) || !existsSync(file)) return problem(response, 404, 'not_found', 'There is nothing here.', '')
  response.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'",
  })
  createReadStream(file).pipe(response)
}

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://mock')
  const route = `${request.method} ${pathname}`
  const one = /^\/api\/documents\/([^/]+)(\/\w+)?$/.exec(pathname)
  if (request.method === 'OPTIONS') {
    response.writeHead(204, { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Methods': 'GET, POST, DELETE', 'Access-Control-Allow-Headers': 'content-type' })
    return response.end()
  }
  if (route === 'POST /api/chat') return chat(request, response)
  if (route === 'GET /api/variants') return json(response, page(variants))
  if (route === 'GET /api/models') return json(response, page(models))
  if (route === 'GET /api/formats') return json(response, formats)
  if (route === 'GET /api/collections') return json(response, page(collections))
  if (route === 'POST /api/collections') {
    const made = { name: JSON.parse(await body(request)).name, documents: 0, chunks: 0, created_at: new Date().toISOString() }
    collections.push(made)
    return json(response, made, 201)
  }
  if (route === 'GET /readyz') {
    return json(response, { status: 'degraded', checks: { catalogue: { ok: true, detail: 'SQLite, WAL' }, index: { ok: true, detail: 'Chroma, 1,204 chunks' }, queue: { ok: true, detail: 'valkey' }, chat: { ok: false, detail: 'The model is still loading.' }, worker: { ok: true, detail: '1 worker' } } }, 503)
  }
  if (route === 'GET /api/documents/events') {
    const send = openStream(response)
    watchers.add(send)
    return request.on('close', () => watchers.delete(send))
  }
  if (route === 'GET /api/documents') return json(response, page(documents.filter((d) => d.collection === (searchParams.get('collection') ?? d.collection))))
  if (route === 'POST /api/documents') return upload(request, response)
  if (one) {
    const document = documents.find((d) => d.id === one[1])
    if (!document) return problem(response, 404, 'unknown_document', 'There is no such document.', 'It may have been deleted.')
    if (request.method === 'DELETE') {
      documents.splice(documents.indexOf(document), 1)
      return json(response, { document_id: document.id, removed: { catalogue: 43, index: 42, fulltext: 42, files: 1, caches: 3 }, probe_hits: 0 })
    }
    if (one[2] === '/chunks') return json(response, page(chunks))
    if (one[2] === '/versions') return json(response, page([{ version: 2, status: 'indexed', bytes: 18432, sha256: 'ab'.repeat(32), created_at: '2026-11-20T09:12:00Z', chunks: 12, pages: 3 }, { version: 1, status: 'retired', bytes: 17012, sha256: 'cd'.repeat(32), created_at: '2026-10-02T09:12:00Z', chunks: 11, pages: 3 }]))
    return json(response, document)
  }
  if (/^\/api\/answers\/[^/]+\/feedback$/.test(pathname)) return json(response, {})
  if (pathname.startsWith('/api/')) return problem(response, 404, 'not_found', 'There is nothing here.', '')
  serveFile(response, pathname)
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}`))
