import { call, type Input, type Query } from '@/api/call'
import type { AnyRow, ListPath } from '@/api/types'
import { explain } from '@/parts/explain'
import { onScopeDispose, ref, shallowRef } from 'vue'

interface Page {
  items: AnyRow[]
  total: number
}

/** The rows of a list as they were read last. Only the newest question is answered. */
export function useRows(list: ListPath, params?: () => Input['params']) {
  const rows = shallowRef<AnyRow[]>()
  const total = ref(0)
  const trouble = ref('')
  const busy = ref(false)
  let asking: AbortController | undefined

  async function read(query: Query): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    busy.value = true
    try {
      const operation = `GET ${list}` as 'GET /orders'
      const page = (await call(operation, {
        params: params?.(),
        query,
        signal: mine.signal,
      })) as unknown as Page
      rows.value = page.items
      total.value = page.total
      trouble.value = ''
    } catch (error) {
      if (!mine.signal.aborted) trouble.value = explain(error)
    } finally {
      if (asking === mine) busy.value = false
    }
  }
  onScopeDispose(() => asking?.abort())
  return { rows, total, trouble, busy, read }
}
