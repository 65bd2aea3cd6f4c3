import { Refused } from '@/api/refused'
import { reactive } from 'vue'

/** What the screen knows of its server. */
export const contact = reactive<{ answeredAt?: number; lostSince?: number; refused?: number }>({})

export function heard(): void {
  contact.answeredAt = Date.now()
  contact.lostSince = undefined
  contact.refused = undefined
}

/** A call has failed: the server is away, or does not let the screen in any more. */
export function failed(error: unknown): void {
  const status = error instanceof Refused ? error.status : 0
  if (status === 401 || status === 403) contact.refused = status
  contact.lostSince ??= contact.answeredAt ?? Date.now()
}
