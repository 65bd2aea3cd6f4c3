import { onScopeDispose, ref } from 'vue'

/** The size that the screen is drawn for. */
const [WIDTH, HEIGHT] = [1920, 1080]

/** How many pixels one of the drawing has: charts are told their sizes in pixels. */
export const unit = ref(1)

/** Everything on the page is measured in it: 1rem is a hundred pixels of the drawing. */
export function useUnit(): void {
  const root = document.documentElement
  const before = root.style.fontSize
  const measure = () => {
    unit.value = Math.min(innerWidth / WIDTH, innerHeight / HEIGHT)
    root.style.setProperty('--u', `${unit.value}px`)
  }
  measure()
  root.style.fontSize = 'calc(100 * var(--u))'
  addEventListener('resize', measure)
  onScopeDispose(() => {
    removeEventListener('resize', measure)
    root.style.fontSize = before
    root.style.removeProperty('--u')
  })
}
