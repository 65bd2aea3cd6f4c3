import { readonly, ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'

/** Whether something has ever held: for what is made when it is first needed, and then stays. */
export function everTrue(holds: MaybeRefOrGetter<boolean>): Readonly<Ref<boolean>> {
  const held = ref(toValue(holds))
  watch(
    () => toValue(holds),
    (now) => (held.value ||= now),
  )
  return readonly(held)
}
