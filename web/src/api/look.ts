/** A session that looks through somebody else's eyes; it lives in its own window only. */
export interface Look {
  token: string
  /** Unix seconds; it cannot be prolonged. */
  expires_at: number
}

const KEPT = 'openpile.look'

/** The look of this window, if it is one. */
export function kept(): Look | undefined {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

/** Opens a window that sees the console as somebody else does. */
export function lookAs({ token, expires_at }: Look): void {
  // A window inherits what its opener holds at that moment; here it is taken away again.
  sessionStorage.setItem(KEPT, JSON.stringify({ token, expires_at } satisfies Look))
  window.open('/console/')
  sessionStorage.removeItem(KEPT)
}

/** This window is one's own again. */
export const forgetLook = (): void => sessionStorage.removeItem(KEPT)

/** Ends the look and the window with it. */
export function endLook(): void {
  forgetLook()
  window.close()
}
