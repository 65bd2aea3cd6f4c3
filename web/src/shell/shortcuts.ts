import { onBeforeUnmount, onMounted, ref } from 'vue'

/** Counts how often somebody asked for the search with `/`. */
export const focusSearch = ref(0)

/** Whether the keys are being told. */
export const showsKeys = ref(false)

/** Row of the first table that the keys have reached. */
function rowsOf(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('#page .el-table__row.leads')]
}
function move(step: 1 | -1): void {
  const rows = rowsOf()
  const at = rows.findIndex((row) => row === document.activeElement)
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step]
  if (!next) return
  next.tabIndex = -1
  next.focus()
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

function press(event: KeyboardEvent): void {
  if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
  const does: Record<string, () => void> = {
    '/': () => (focusSearch.value += 1),
    j: () => move(1),
    k: () => move(-1),
    Enter: () => {
      const active = document.activeElement
      if (active instanceof HTMLElement && active.matches('.el-table__row')) active.click()
    },
    '?': () => (showsKeys.value = true),
  }
  const run = does[event.key]
  if (!run) return
  if (event.key !== 'Enter') event.preventDefault()
  run()
}

/** The keys that work on every page. */
export function useShortcuts(): void {
  onMounted(() => document.addEventListener('keydown', press))
  onBeforeUnmount(() => document.removeEventListener('keydown', press))
}
