import { say } from '@/words/words'
import { ElMessageBox } from 'element-plus'
import { onBeforeUnmount, onMounted } from 'vue'
import { onBeforeRouteLeave } from 'vue-router'

/** What was typed, as text; an emptied field is like one that was never filled. */
export const typedText = (typed: unknown): string =>
  JSON.stringify(typed, (_, value: unknown) =>
    value === null || value === '' || value === false ? undefined : value,
  ) ?? ''

/** Whether somebody gives up what they have typed. */
export const mayDiscard = (): Promise<boolean> =>
  ElMessageBox.confirm(
    say(['填写的内容还没有保存，确定放弃吗？', 'What you typed is not saved. Give it up?']),
    say(['未保存', 'Not saved']),
    {
      type: 'warning',
      confirmButtonText: say(['继续填写', 'Go on typing']),
      cancelButtonText: say(['放弃', 'Give up']),
      distinguishCancelAndClose: true,
    },
  ).then(
    () => false,
    // The key for closing goes on as well.
    (how) => how === 'cancel',
  )

/** Asks before a page is left with something that was typed and not saved. */
export function useUnsaved(typed: () => unknown): { keep: () => void } {
  let kept = typedText(typed())
  const isChanged = () => typedText(typed()) !== kept
  const warn = (event: BeforeUnloadEvent) => {
    if (isChanged()) event.preventDefault()
  }
  onMounted(() => window.addEventListener('beforeunload', warn))
  onBeforeUnmount(() => window.removeEventListener('beforeunload', warn))
  onBeforeRouteLeave(() => !isChanged() || mayDiscard())
  return { keep: () => (kept = typedText(typed())) }
}
