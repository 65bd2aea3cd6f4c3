import { callFully, type Query } from '@/api/call'
import { useLive } from '@/api/live'
import type { Answer, Operation } from '@/api/types'
import { explain } from '@/parts/explain'
import { ref, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'

interface Options {
  params?: MaybeRefOrGetter<Record<string, string | number>>
  query?: MaybeRefOrGetter<Query>
  /** What it is told of; see `useLive`. */
  live?: MaybeRefOrGetter<string[]>
  /** Read only while this holds. */
  when?: MaybeRefOrGetter<boolean>
}

export interface Thing<T> {
  thing: Ref<T | undefined>
  /** The state that a change is made upon, for what writes the thing anew. */
  etag: Ref<string | undefined>
  trouble: Ref<string>
  reload: () => Promise<void>
}

/** What an operation answers, read again whenever what it is asked for or the thing changes. */
export function useThing<O extends Operation>(
  operation: O,
  { params, query, live, when = true }: Options = {},
): Thing<Answer<O>> {
  const thing = shallowRef<Answer<O>>()
  const etag = ref<string>()
  const trouble = ref('')
  let newest = 0
  async function reload(): Promise<void> {
    if (!toValue(when)) return
    const turn = ++newest
    try {
      const reply = await callFully(operation, { params: toValue(params), query: toValue(query) })
      if (turn !== newest) return
      thing.value = reply.data
      etag.value = reply.etag
      trouble.value = ''
    } catch (error) {
      if (turn === newest) trouble.value = explain(error)
    }
  }
  watch(() => JSON.stringify([toValue(params), toValue(query), toValue(when)]), reload, {
    immediate: true,
  })
  if (live) useLive(live, reload)
  return { thing, etag, trouble, reload }
}
