import { lists } from '@/api/generated/operations'
import type { ListPath } from '@/api/types'
import { PROTOCOLS } from '@/parts/value/protocols'
import { numbersOf } from '@/words/labels'
import { COUPONS, DEVICES, MEMBERS, ROLES, STATIONS, type Source } from '@/parts/form/fields'

/** How a filter is asked for. */
export type Filter = { name: string } & (
  | { as: 'text' | 'number' | 'flag' | 'org' | 'time' | 'range' | 'days' }
  | { as: 'choice'; choices: readonly string[] }
  | { as: 'pick'; from: Source }
)

const SOURCES: Record<string, Source> = {
  station_id: STATIONS,
  member_id: MEMBERS,
  role_id: ROLES,
  coupon_id: COUPONS,
  company_id: { list: '/companies', value: 'org_id', text: ['name'], search: 'name' },
  device_phy_id: DEVICES,
}
const ORGS = new Set(['org_id', 'owner_org_id', 'seller_org_id', 'parent_id'])

/** The filters of a list, in the order asked for. */
export function filtersOf(list: ListPath, order?: readonly string[]): Filter[] {
  const known = lists[list].filters as Record<string, string | readonly string[]>
  const names = order ?? Object.keys(known)
  return names.flatMap((name): Filter[] => {
    const kind = known[name]
    // Periods are told in seconds or, where the server's own days count, in days.
    if (name === 'from') return [{ name, as: kind === 'text' ? 'days' : 'range' }]
    if (kind === undefined || name === 'to' || name === 'until') return []
    if (typeof kind !== 'string') return [{ name, as: 'choice', choices: kind }]
    // Numbers that stand for something are chosen by their words.
    const meant = kind === 'number' ? numbersOf(name) : []
    if (meant.length > 0) return [{ name, as: 'choice', choices: meant }]
    if (name === 'protocol') return [{ name, as: 'choice', choices: PROTOCOLS }]
    if (ORGS.has(name)) return [{ name, as: 'org' }]
    const from = SOURCES[name]
    if (from) return [{ name, as: 'pick', from }]
    return [{ name, as: kind === 'flag' || kind === 'number' || kind === 'time' ? kind : 'text' }]
  })
}

/** The name of the end of a list's period. */
export const endOf = (list: ListPath): string => ('until' in lists[list].filters ? 'until' : 'to')
