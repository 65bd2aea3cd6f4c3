import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    server: string
    tcp: number
  }
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = process.env.OPENPILE_PROGRAM ?? join(ROOT, 'target/debug/openpile')
/** A debug build on a busy machine takes its time. */
const PATIENCE_MS = 90_000
const FIRST_PASSWORD = 'Openpile-demo-1'
export const PASSWORD = 'Openpile-e2e-1'
export const KEYS = ['test-admin-key', 'test-second-admin-key'] as const

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((ready) => server.once('listening', ready))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (typeof address !== 'object' || address === null) throw new Error('no free port')
  return address.port
}

/** Starts the demo: the real server on its embedded database, and a simulated fleet. */
export default async function setup(project: TestProject) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: cargo build -p openpile`)
  const data = mkdtempSync(join(tmpdir(), 'openpile-e2e-'))
  const [http, tcp, receiver] = [await freePort(), await freePort(), await freePort()]
  const address = (port: number) => `127.0.0.1:${port}`
  const program = spawn(
    PROGRAM,
    [
      'demo',
      '--data',
      data,
      '--http',
      address(http),
      '--tcp',
      address(tcp),
      '--receiver',
      address(receiver),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const said: string[] = []
  for (const stream of [program.stdout, program.stderr]) {
    stream.on('data', (text) => said.push(String(text)))
  }
  const server = `http://${address(http)}`
  try {
    await ready(server, program)
    await choosePassword(server)
  } catch (error) {
    program.kill('SIGKILL')
    throw new Error(`${error}\n${said.join('')}`)
  }
  project.provide('server', server)
  project.provide('tcp', tcp)
  return async () => {
    program.kill('SIGTERM')
    await new Promise((done) => program.once('exit', done))
    rmSync(data, { recursive: true, force: true })
  }
}

async function ready(server: string, program: ChildProcess): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until;) {
    if (program.exitCode !== null) throw new Error(`the program ended with ${program.exitCode}`)
    const answer = await fetch(`${server}/readyz`).catch(() => undefined)
    if (answer?.ok && (await fleetIsOnline(server))) return
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

async function choosePassword(server: string): Promise<void> {
  const root = `${server}/api/v1/admin/session`
  const login = await fetch(root, {
    method: 'POST',
    body: JSON.stringify({ username: 'admin', password: FIRST_PASSWORD }),
  })
  const { token } = (await login.json()).data
  const changed = await fetch(`${root}/password`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ old_password: FIRST_PASSWORD, new_password: PASSWORD }),
  })
  if (!changed.ok) throw new Error(`password: ${await changed.text()}`)
}
