import { call, type Query } from '@/api/call'
import type { Answer, Operation } from '@/api/types'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { now, onBeat } from './beat'
import { failed, heard } from './contact'
import { sight } from './sight'

export interface Widget<T> {
  shown: Ref<T | undefined>
  /** Since when it is not fresh any more, Unix milliseconds. */
  staleSince: Ref<number | undefined>
  look: () => Promise<void>
}

/** What a widget shows, read again every so many seconds while the screen is seen. */
export function useWidget<O extends Operation>(
  operation: O,
  everyS: number,
  more: () => Query = () => ({}),
): Widget<Answer<O>> {
  const shown = shallowRef<Answer<O>>()
  const readAt = ref<number>()
  const isFailing = ref(false)
  let asking: AbortController | undefined
  let dueAt = 0

  async function look(): Promise<void> {
    asking?.abort()
    const mine = (asking = new AbortController())
    dueAt = now() + everyS
    try {
      const query = { ...sight, ...more() }
      const answer = await call(operation, { query, signal: mine.signal })
      if (asking !== mine) return
      shown.value = answer
      readAt.value = Date.now()
      isFailing.value = false
      heard()
    } catch (error) {
      if (mine.signal.aborted) return
      isFailing.value = true
      failed(error)
    } finally {
      if (asking === mine) asking = undefined
    }
  }
  onBeat(() => {
    if (!asking && now() >= dueAt) void look()
  })
  watch(
    () => JSON.stringify([sight, more()]),
    () => {
      shown.value = undefined
      void look()
    },
  )
  onScopeDispose(() => asking?.abort())
  void look()
  const staleSince = computed(() => (isFailing.value ? readAt.value : undefined))
  return { shown, staleSince, look }
}
