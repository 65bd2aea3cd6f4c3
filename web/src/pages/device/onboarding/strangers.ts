import type { Row } from '@/api/types'

/** Somebody who has called and is none of ours. */
export interface Stranger {
  /** The number that it said; none: only its address is known. */
  phyId?: string
  ip: string
  frames: number
  /** Unix milliseconds. */
  lastMs: number
  /** What it said last, hexadecimal. */
  said: string
  /** Why it is noise. */
  why?: string
}

/** What the lines of the noise log tell of who called: one entry for each device, the latest first. */
export function strangersOf(lines: readonly Row<'/noise'>[]): Stranger[] {
  const found = new Map<string, Stranger>()
  for (const { device_phy_id, ip, at_ms, raw_hex, direction, result } of lines) {
    if (direction !== 'up') continue
    const key = device_phy_id ?? ip
    const known = found.get(key)
    if (!known) {
      found.set(key, {
        phyId: device_phy_id ?? undefined,
        ip,
        frames: 1,
        lastMs: at_ms,
        said: raw_hex,
        why: result ?? undefined,
      })
      continue
    }
    known.frames += 1
    if (at_ms <= known.lastMs) continue
    Object.assign(known, { lastMs: at_ms, said: raw_hex, ip, why: result ?? undefined })
  }
  return [...found.values()].sort((a, b) => b.lastMs - a.lastMs)
}

/** Whether what is typed is an address, or the number of a device. */
export function kindOfTyped(text: string): 'ip' | 'phy_id' | undefined {
  const typed = text.trim()
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(typed) || /^[0-9a-f:]*:[0-9a-f:]+$/i.test(typed)) return 'ip'
  return /^[A-Za-z0-9_-]{1,32}$/.test(typed) ? 'phy_id' : undefined
}
