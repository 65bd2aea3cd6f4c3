import { ref, watchEffect } from 'vue'

const KEPT = 'openpile.dark'

/** Whether the console is dark. */
export const isDark = ref(
  localStorage.getItem(KEPT) === null
    ? (matchMedia?.('(prefers-color-scheme: dark)').matches ?? false)
    : localStorage.getItem(KEPT) === 'yes',
)

const wear = (dark: boolean) => document.documentElement.classList.toggle('dark', dark)
watchEffect(() => wear(isDark.value))
// Paper is white.
window.addEventListener('beforeprint', () => wear(false))
window.addEventListener('afterprint', () => wear(isDark.value))

export function turn(dark: boolean): void {
  isDark.value = dark
  localStorage.setItem(KEPT, dark ? 'yes' : 'no')
}
