import type { Query } from '@/api/call'
import { computed, type ComputedRef, type WritableComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** What analytics can be narrowed by. */
export const NAMES = ['org_id', 'area_code', 'station_id', 'from', 'to', 'granularity'] as const
export type Name = (typeof NAMES)[number]
export const GRANULARITIES = ['hour', 'day', 'week', 'month'] as const

/** The narrowing of a page: it stands in the address, so that it can be kept and passed on. */
export function useSpan(): WritableComputedRef<Partial<Record<Name, string>>> {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () =>
      Object.fromEntries(
        NAMES.flatMap((name) => {
          const value = route.query[name]
          return typeof value === 'string' && value !== '' ? [[name, value]] : []
        }),
      ),
    set: (chosen) => void router.replace({ query: chosen, hash: route.hash }),
  })
}

/** As much of it as a list takes. */
export function useQuery(
  span: () => Partial<Record<Name, string>>,
  without: readonly Name[] = [],
): ComputedRef<Query> {
  return computed(() =>
    Object.fromEntries(Object.entries(span()).filter(([name]) => !without.includes(name as Name))),
  )
}

/** What narrows a list of orders or members to the same; nothing where the list cannot be. */
export function narrowing({ org_id, area_code, station_id }: Partial<Record<Name, string>>) {
  if (area_code) return undefined
  return (org_id ? `&owner_org_id=${org_id}` : '') + (station_id ? `&station_id=${station_id}` : '')
}
