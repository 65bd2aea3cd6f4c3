import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = process.env.OPENPILE_PROGRAM ?? join(ROOT, 'target/debug/openpile')
/** A debug build on a busy machine takes its time. */
const PATIENCE_MS = 90_000
const FIRST_PASSWORD = 'Openpile-demo-1'
export const PASSWORD = 'Openpile-e2e-1'
/** Of two operators: much needs a second person. */
export const KEYS = ['test-admin-key', 'test-second-admin-key'] as const
export const THIRD_PARTY_KEY = 'test-api-key'

export interface Where {
  /** Where calls are taken: `http://127.0.0.1:7055`. */
  server: string
  /** Where devices are taken. */
  tcp: number
  /** The file with all that the program says. */
  log: string
}
export interface Running extends Where {
  /** Ends it as a power cut does. */
  kill: () => Promise<void>
  /** Starts it again where it was. */
  again: () => Promise<void>
  /** Ends it for good. */
  stop: () => Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (typeof address !== 'object' || address === null) throw new Error('no free port')
  return address.port
}

const local = (port: number) => `127.0.0.1:${port}`

/** The demo: the real server on its embedded database, and a simulated fleet. */
export async function startDemo(): Promise<Running> {
  const [http, tcp, receiver] = [await freePort(), await freePort(), await freePort()]
  const words = ['--http', local(http), '--tcp', local(tcp), '--receiver', local(receiver)]
  return started(http, tcp, (data) => ['demo', '--data', data, ...words], {}, fleetIsOnline)
}

/** The server alone, as it is delivered: it knows no device, and takes none in by itself. */
export async function startServer(): Promise<Running> {
  const [http, tcp] = [await freePort(), await freePort()]
  const settings = {
    OPENPILE__HTTP__LISTEN: local(http),
    OPENPILE__TCP__LISTEN: local(tcp),
    OPENPILE__ADMIN__API_KEYS: KEYS.join(','),
    OPENPILE__ADMIN__INITIAL_PASSWORD: FIRST_PASSWORD,
    OPENPILE__THIRD_PARTY__API_KEYS: THIRD_PARTY_KEY,
    OPENPILE__PAYMENTS__MOCK: 'true',
    OPENPILE__LOG__LEVEL: 'warn',
  }
  return started(
    http,
    tcp,
    () => ['serve'],
    settings,
    () => Promise.resolve(true),
  )
}

/** Devices that call at a server; one that lives sixty times faster than real time unless told. */
export function startDevices(tcp: number, firstId: string, ...more: string[]): () => void {
  const usual = { '--devices': '1', '--speed': '60' }
  const unsaid = Object.entries(usual).filter(([name]) => !more.includes(name))
  const words = ['simulate', '--target', local(tcp), '--first-id', firstId, '--auto-plug']
  const device = spawn(PROGRAM, [...words, ...unsaid.flat(), ...more], { stdio: 'ignore' })
  return () => void device.kill('SIGTERM')
}

async function started(
  http: number,
  tcp: number,
  words: (data: string) => string[],
  settings: Record<string, string>,
  isComplete: (server: string) => Promise<boolean>,
): Promise<Running> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: cargo build -p openpile`)
  const data = mkdtempSync(join(tmpdir(), 'openpile-e2e-'))
  const log = join(data, 'said.log')
  const server = `http://${local(http)}`
  let program: ChildProcess
  const ended = () =>
    program.exitCode === null && program.signalCode === null
      ? new Promise((done) => program.once('exit', done))
      : undefined
  const begin = async () => {
    const env = { ...process.env, ...settings, OPENPILE__DATA_DIR: data }
    program = spawn(PROGRAM, words(data), { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = createWriteStream(log, { flags: 'a' })
    program.stdout?.pipe(said, { end: false })
    program.stderr?.pipe(said, { end: false })
    await ready(server, program, isComplete)
  }
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    program.kill(signal)
    await ended()
  }
  const stop = async () => {
    await end('SIGTERM')
    rmSync(data, { recursive: true, force: true })
  }
  try {
    await begin()
    await choosePassword(server)
  } catch (error) {
    await end('SIGKILL')
    throw new Error(`${error}, see ${log}`)
  }
  return { server, tcp, log, kill: () => end('SIGKILL'), again: begin, stop }
}

async function ready(
  server: string,
  program: ChildProcess,
  isComplete: (server: string) => Promise<boolean>,
): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until;) {
    if (program.exitCode !== null) throw new Error(`the program ended with ${program.exitCode}`)
    const answer = await fetch(`${server}/readyz`).catch(() => undefined)
    if (answer?.ok && (await isComplete(server))) return
    await new Promise((resume) => setTimeout(resume, 200))
  }
  throw new Error('the program did not become ready')
}

/** The tour is printed when the fleet is there; whoever comes earlier finds a part of it. */
async function fleetIsOnline(server: string): Promise<boolean> {
  const headers = { 'x-api-key': KEYS[0] }
  const answer = await fetch(`${server}/api/v1/admin/devices?size=1`, { headers })
  return answer.ok && (await answer.json()).data.total >= 10
}

/** Whoever logs in for the first time has to choose another password. */
export async function choosePassword(
  server: string,
  username = 'admin',
  old_password = FIRST_PASSWORD,
): Promise<void> {
  const root = `${server}/api/v1/admin/session`
  const body = JSON.stringify({ username, password: old_password })
  const login = await fetch(root, { method: 'POST', body })
  const { token } = (await login.json()).data
  const changed = await fetch(`${root}/password`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ old_password, new_password: PASSWORD }),
  })
  if (!changed.ok) throw new Error(`password: ${await changed.text()}`)
}
