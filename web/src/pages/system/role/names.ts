import { call } from '@/api/call'
import { mayCall } from '@/api/session'
import { shallowRef } from 'vue'

const known = shallowRef<ReadonlyMap<number, string>>()
let asked = false

async function read(): Promise<void> {
  const page = await call('GET /roles', { query: { size: 500 } })
  known.value = new Map(page.items.map(({ role_id, name }) => [role_id, name]))
}

/** The names of roles; their numbers until they are known. */
export function roleNames(ids: readonly number[]): string {
  if (!asked && mayCall('GET /roles')) {
    asked = true
    read().catch(() => (asked = false))
  }
  return ids.map((id) => known.value?.get(id) ?? String(id)).join('、')
}
