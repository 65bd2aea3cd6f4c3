import { Refused } from './refused'
import { freshToken, sessionIsOver } from './tokens'
import type { Answer, Operation } from './types'

const ROOT = '/api/v1/admin'
/** A call that takes longer is given up; the server ends its own after less. */
const PATIENCE_MS = 60_000
/** Pauses before a read is tried again that the network or a restarting server lost. */
const RETRIES_MS = [300, 1_000, 3_000]

export type Query = Record<string, string | number | boolean | null | undefined>

export interface Input {
  /** What stands in braces in the operation's path. */
  params?: Record<string, string | number>
  query?: Query
  /** A value that is sent as JSON, or a file. */
  body?: unknown
  /** The state that a change was made upon, from [`Reply.etag`]; refused when it is another now. */
  ifMatch?: string
  signal?: AbortSignal
}

export interface Reply<T> {
  data: T
  etag?: string
}

/** Calls an operation and gives its data. Throws [`Refused`]. */
export async function call<O extends Operation>(
  operation: O,
  input: Input = {},
): Promise<Answer<O>> {
  return (await callFully(operation, input)).data
}

/** Like [`call`], with what stands beside the data. */
export async function callFully<O extends Operation>(
  operation: O,
  input: Input = {},
): Promise<Reply<Answer<O>>> {
  const response = await send(operation, input)
  const answer = await response.json()
  return { data: answer.data, etag: response.headers.get('etag') ?? undefined }
}

/** Fetches a file. */
export async function download(operation: Operation, input: Input = {}): Promise<Blob> {
  return (await send(operation, input)).blob()
}

/** The address of an operation. */
export function addressOf(operation: Operation, { params = {}, query = {} }: Input): string {
  const path = operation.slice(operation.indexOf(' ') + 1)
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  )
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  return `${ROOT}${filled}${search.size > 0 ? `?${search}` : ''}`
}

async function send(operation: Operation, input: Input): Promise<Response> {
  const method = operation.slice(0, operation.indexOf(' '))
  const request = prepared(method, addressOf(operation, input), input)
  const reads = method === 'GET'
  for (let attempt = 0; ; attempt += 1) {
    const response = await attempted(request, operation)
    if (response.ok) return response
    const refused = await refusal(response)
    const pause = RETRIES_MS[attempt]
    const isAway = refused.status === 0 || refused.status === 502 || refused.status === 504
    if (!reads || !isAway || pause === undefined || input.signal?.aborted) throw refused
    await new Promise((resume) => setTimeout(resume, pause))
  }
}

function prepared(method: string, address: string, { body, ifMatch, signal }: Input) {
  const headers: Record<string, string> = {}
  if (ifMatch) headers['if-match'] = ifMatch
  // A write whose answer was lost is asked for again under the same key, and done once.
  if (method !== 'GET') headers['idempotency-key'] = crypto.randomUUID?.() ?? `${Math.random()}`
  const isFile = body instanceof Blob
  if (body !== undefined && !isFile) headers['content-type'] = 'application/json'
  if (isFile) headers['content-type'] = body.type || 'application/octet-stream'
  const sent = body === undefined || isFile ? (body as Blob | undefined) : JSON.stringify(body)
  return (token: string | undefined) => {
    const timeout = AbortSignal.timeout(PATIENCE_MS)
    const given = token ? { ...headers, authorization: `Bearer ${token}` } : headers
    return fetch(address, {
      method,
      headers: given,
      body: sent,
      credentials: 'omit',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
  }
}

/** Sends, and once more after somebody has logged in again. */
async function attempted(
  request: (token: string | undefined) => Promise<Response>,
  operation: Operation,
): Promise<Response> {
  try {
    const token = await freshToken()
    const response = await request(token)
    if (response.status !== 401 || operation === 'POST /session') return response
    return await request(await sessionIsOver(token))
  } catch (error) {
    if (error instanceof Refused) throw error
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    return Response.error()
  }
}

async function refusal(response: Response): Promise<Refused> {
  if (response.type === 'error') return new Refused(0, '')
  const answer = await response.json().catch(() => undefined)
  const message: string = answer?.message ?? response.statusText
  return new Refused(response.status, message, answer?.data, answer?.request_id)
}
