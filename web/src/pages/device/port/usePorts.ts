import { call, type Query } from '@/api/call'
import { useLive } from '@/api/live'
import type { Row } from '@/api/types'
import { explain } from '@/parts/explain'
import { ref, shallowRef, watch } from 'vue'
import { followed, type Port } from './followed'

/** Ports that one page shows; the server gives no more at a time. */
export const PAGE_SIZE = 1_000

/** The ports that a question asks for, followed: after the first answer only changes come. */
export function usePorts(query: () => Query) {
  const ports = shallowRef<Port[]>()
  const total = ref(0)
  const page = ref(1)
  const trouble = ref('')
  let version = ''
  let newest = 0

  async function ask(since: string): Promise<void> {
    const turn = ++newest
    const asked = { ...query(), size: PAGE_SIZE, page: since ? 1 : page.value, since }
    try {
      const answer = await call('GET /ports', { query: asked })
      if (turn !== newest) return
      const told = { ...answer, items: answer.items.map(named) }
      const showsAll = total.value <= PAGE_SIZE
      ports.value = followed(ports.value ?? [], told, showsAll)
      version = told.version
      if (told.whole) total.value = told.total
      trouble.value = ''
    } catch (error) {
      if (turn === newest) trouble.value = explain(error)
    }
  }
  const reload = () => ask('')
  watch([() => JSON.stringify(query()), page], reload, { immediate: true })
  useLive(['ports'], () => ask(version))
  return { ports, total, page, trouble, reload }
}

/** Cells and links know devices by this name. */
const named = (line: Row<'/ports'>): Port => ({ ...line, phy_id: line.device_phy_id })
