import { onScopeDispose, ref, toValue, watchEffect, type MaybeRefOrGetter } from 'vue'
import { freshToken } from './tokens'

/** Pauses before the server is tried again. */
const RETRIES_MS = [500, 1_000, 2_000, 5_000, 10_000]
/** How often a page looks by itself while nothing is pushed. */
const FALLBACK_MS = 10_000
/** A page that is told of changes without end still reads only so often. */
const SPACING_MS = 1_000

interface Watcher {
  topics: string[]
  look: () => void
}

const watchers = new Set<Watcher>()
let socket: WebSocket | undefined
let failures = 0
let connecting = false

/** Whether changes are pushed now. */
export const isLive = ref(false)

/**
 * Looks again whenever one of the topics has changed, while the component lives. Pushes say only
 * that something changed; what is shown is read through the ordinary calls. After a broken
 * connection everything is looked at once, which catches up.
 */
export function useLive(topics: MaybeRefOrGetter<string[]>, look: () => unknown): void {
  const spaced = spacing(look)
  const watcher: Watcher = { topics: [], look: spaced.look }
  watchers.add(watcher)
  watchEffect(() => {
    watcher.topics = toValue(topics)
    tellTopics()
  })
  const fallback = setInterval(() => {
    if (!isLive.value && !document.hidden) spaced.look()
  }, FALLBACK_MS)
  const visible = () => {
    if (!document.hidden) spaced.look()
  }
  document.addEventListener('visibilitychange', visible)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', visible)
    clearInterval(fallback)
    spaced.stop()
    watchers.delete(watcher)
    tellTopics()
  })
  void connect()
}

/** Runs one look at a time, spaced; a page that nobody sees looks when it is seen again. */
function spacing(look: () => unknown) {
  let due = false
  let busy = false
  let stopped = false
  const run = async () => {
    if (busy || stopped || document.hidden) return
    busy = true
    while (due && !stopped) {
      due = false
      await Promise.resolve(look()).catch(() => undefined)
      await new Promise((resume) => setTimeout(resume, SPACING_MS))
    }
    busy = false
  }
  return {
    look: () => {
      due = true
      void run()
    },
    stop: () => {
      stopped = true
    },
  }
}

function allTopics(): string[] {
  return [...new Set([...watchers].flatMap(({ topics }) => topics))].sort()
}

let told = ''
function tellTopics(): void {
  const watch = allTopics()
  const text = JSON.stringify({ watch })
  if (socket?.readyState !== WebSocket.OPEN || text === told) return
  told = text
  socket.send(text)
}

async function connect(): Promise<void> {
  if (socket || connecting) return
  connecting = true
  const token = await freshToken()
  connecting = false
  if (!token) return again()
  const address = new URL('/api/v1/admin/live', location.href)
  address.protocol = address.protocol.replace('http', 'ws')
  const opened = new WebSocket(address)
  socket = opened
  opened.onopen = () => {
    opened.send(JSON.stringify({ token }))
    told = ''
    tellTopics()
  }
  opened.onmessage = ({ data }) => {
    const message = JSON.parse(data) as { ready?: boolean; changed?: string[]; resync?: boolean }
    if (message.ready) {
      const wasAway = failures > 0
      failures = 0
      isLive.value = true
      if (wasAway) lookAll()
    }
    if (message.resync) lookAll()
    if (message.changed) lookAt(new Set(message.changed))
  }
  opened.onclose = () => {
    socket = undefined
    isLive.value = false
    again()
  }
}

function again(): void {
  const pause = RETRIES_MS[Math.min(failures, RETRIES_MS.length - 1)]
  failures += 1
  if (watchers.size > 0) setTimeout(() => void connect(), pause)
}

function lookAll(): void {
  for (const { look } of watchers) look()
}

function lookAt(changed: Set<string>): void {
  for (const { topics, look } of watchers) {
    if (topics.some((topic) => changed.has(topic))) look()
  }
}
