import { call } from '@/api/call'
import { mayCall, me } from '@/api/session'
import type { Operation } from '@/api/types'
import { shallowRef } from 'vue'

/** An organisation as far as forms and columns speak of it. */
export interface Org {
  org_id: number
  name: string
  type: string
}

const LISTS = [
  ['GET /agents', 'agent'],
  ['GET /merchants', 'merchant'],
  ['GET /companies', 'company'],
] as const satisfies readonly (readonly [Operation, string])[]
/** More than that are found by typing. */
const AT_ONCE = 500

const known = shallowRef<ReadonlyMap<number, Org>>()

/** Organisations whose name has this in it, one's own first. */
export async function searchOrgs(name: string): Promise<Org[]> {
  const found = await Promise.all(
    LISTS.filter(([operation]) => mayCall(operation)).map(async ([operation, type]) => {
      const query = { size: AT_ONCE, ...(name && { name }) }
      const page = await call(operation, { query }).catch(() => undefined)
      return (page?.items ?? []).map((org) => ({ org_id: org.org_id, name: org.name, type }))
    }),
  )
  const own = me.value && {
    org_id: me.value.org_id,
    name: me.value.org_name,
    type: me.value.org_type,
  }
  const others = found.flat().filter(({ org_id }) => org_id !== own?.org_id)
  return own && own.name.includes(name) ? [own, ...others] : others
}

let asked = false
/** The name of an organisation; its number until it is known. */
export function orgName(id: unknown): string {
  if (!asked) {
    asked = true
    void searchOrgs('').then((orgs) => {
      known.value = new Map(orgs.map((org) => [org.org_id, org]))
    })
  }
  return known.value?.get(Number(id))?.name ?? String(id ?? '')
}
