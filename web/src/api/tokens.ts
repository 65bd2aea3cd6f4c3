import { ref } from 'vue'
import { endLook, forgetLook, kept as look } from './look'
import { Refused } from './refused'

/** What a login gives. */
export interface Tokens {
  token: string
  refresh_token: string
  /** Unix seconds. */
  expires_at: number
  /** Unix seconds. */
  refresh_until: number
}

const KEPT = 'openpile.session'
/** New tokens are asked for so long before the old ones are over. */
const AHEAD_S = 120

function kept(): Tokens | undefined {
  const looked = look()
  if (looked) return { ...looked, refresh_token: '', refresh_until: 0 }
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

/** Whether somebody has to log in again before anything goes on. */
export const needsLogin = ref(false)
/** Calls that wait for that. */
const waiting: ((token: string) => void)[] = []
let refreshing: Promise<string | undefined> | undefined

export const hasTokens = (): boolean => kept() !== undefined

/** Keeps tokens for all tabs of this browser, and lets waiting calls go on. */
export function keepTokens({ token, refresh_token, expires_at, refresh_until }: Tokens): void {
  forgetLook()
  localStorage.setItem(
    KEPT,
    JSON.stringify({ token, refresh_token, expires_at, refresh_until } satisfies Tokens),
  )
  needsLogin.value = false
  for (const resume of waiting.splice(0)) resume(token)
}

export function dropTokens(): void {
  if (look()) return endLook()
  localStorage.removeItem(KEPT)
}

// Another tab logged in: this one goes on as well.
window.addEventListener('storage', ({ key }) => {
  const tokens = key === KEPT ? kept() : undefined
  if (tokens && needsLogin.value && !look()) keepTokens(tokens)
})

/** What this tab works with instead of a login: the token of a screen on a wall. */
let given: string | undefined

export function workWith(token: string | undefined): void {
  given = token
}

/** A token that is good for a while; none before the first login. */
export async function freshToken(): Promise<string | undefined> {
  if (given) return given
  const tokens = kept()
  const now = Date.now() / 1000
  if (!tokens || tokens.expires_at - AHEAD_S > now) return tokens?.token
  if (tokens.refresh_until < now) return tokens.token
  refreshing ??= renewed(tokens).finally(() => (refreshing = undefined))
  return (await refreshing) ?? tokens.token
}

/** One tab asks for new tokens; the others find them. */
async function renewed(old: Tokens): Promise<string | undefined> {
  const renew = async () => {
    const tokens = kept()
    if (!tokens || tokens.token !== old.token) return tokens?.token
    const response = await fetch('/api/v1/admin/session/refresh', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      credentials: 'omit',
      body: JSON.stringify({ refresh_token: tokens.refresh_token }),
    }).catch(() => undefined)
    if (!response?.ok) return undefined
    keepTokens((await response.json()).data)
    return kept()?.token
  }
  // Locks between tabs need a secure origin; without them the server refuses the second use.
  return navigator.locks ? navigator.locks.request(KEPT, renew) : renew()
}

/** Waits until somebody has logged in again: what is typed on the page stays. */
export function sessionIsOver(token: string | undefined): Promise<string> {
  // Nobody stands before a screen who could log in.
  if (given) return Promise.reject(new Refused(401, 'token'))
  const tokens = kept()
  if (tokens && tokens.token !== token) return Promise.resolve(tokens.token)
  needsLogin.value = true
  return new Promise((resume) => waiting.push(resume))
}
