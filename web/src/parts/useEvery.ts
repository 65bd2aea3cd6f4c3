import { onScopeDispose } from 'vue'

/** Looks again and again while the page is seen: for what no push tells of. */
export function useEvery(paceMs: number, look: () => unknown): void {
  const timer = setInterval(() => {
    if (!document.hidden) void look()
  }, paceMs)
  onScopeDispose(() => clearInterval(timer))
}
