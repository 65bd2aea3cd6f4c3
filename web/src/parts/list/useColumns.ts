import { hides } from '@/api/session'
import type { ListPath } from '@/api/types'
import { computed, ref } from 'vue'
import type { Column, ListDefinition } from './definition'

/** The columns of a list: those that this account may see, and of those the chosen ones. */
export function useColumns(definition: ListDefinition) {
  const kept = `openpile.columns.${definition.page}.${definition.list}`
  const operation = `GET ${definition.list}` as `GET ${ListPath}`
  const whole = (column: unknown): Column =>
    typeof column === 'string' ? { field: column } : (column as Column)
  const first = definition.columns.map(whole)
  const all = [...first, ...(definition.more ?? []).map(whole)].filter(
    ({ field }) => !hides(operation as 'GET /orders', field),
  )
  const chosen = ref<string[]>(remembered() ?? first.map(({ field }) => field))

  function remembered(): string[] | undefined {
    try {
      return JSON.parse(localStorage.getItem(kept) ?? 'null') ?? undefined
    } catch {
      return undefined
    }
  }
  function choose(fields: string[]): void {
    chosen.value = fields
    localStorage.setItem(kept, JSON.stringify(fields))
  }
  function reset(): void {
    localStorage.removeItem(kept)
    chosen.value = first.map(({ field }) => field)
  }
  const shown = computed(() => all.filter(({ field }) => chosen.value.includes(field)))
  return { all, shown, chosen, choose, reset }
}
