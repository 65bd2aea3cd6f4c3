import { onScopeDispose } from 'vue'

/** Makes hours of a screen pass in minutes, to measure it: `?haste=20`, while developing only. */
const asked = import.meta.env.DEV ? new URLSearchParams(location.search).get('haste') : null
const HASTE = Math.max(Number(asked ?? 1) || 1, 1)
const SECOND_MS = 1000 / HASTE

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** Seconds since the page began, as fast as time passes here. */
export const now = (): number => performance.now() / SECOND_MS

function beat(): void {
  // What nobody sees does nothing.
  if (document.hidden) return
  for (const listener of listeners) listener()
}

/** Calls once a second while the component lives and the screen is seen: there is one timer for all. */
export function onBeat(listener: () => void): void {
  listeners.add(listener)
  timer ??= setInterval(beat, SECOND_MS)
  onScopeDispose(() => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  })
}
