import { call } from '@/api/call'
import { mayCall } from '@/api/session'
import { shallowRef, watch, type Ref } from 'vue'
import { framesOf, type FrameField } from './frame'

/** The fields of a frame as the server takes it apart; none for those who may not ask. */
export function useFields(hex: () => string): Ref<FrameField[] | undefined> {
  const fields = shallowRef<FrameField[]>()
  let newest = 0
  watch(
    hex,
    async (bytes) => {
      const turn = ++newest
      fields.value = undefined
      if (bytes === '' || !mayCall('POST /ops/decode')) return
      const told = await call('POST /ops/decode', { body: { hex: bytes } }).catch(() => undefined)
      if (turn === newest && told !== undefined) fields.value = framesOf(told, bytes)[0]?.fields
    },
    { immediate: true },
  )
  return fields
}
