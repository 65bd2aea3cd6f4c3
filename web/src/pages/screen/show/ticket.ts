import { workWith } from '@/api/tokens'
import { onScopeDispose } from 'vue'
import { useRoute, useRouter } from 'vue-router'

const KEPT = 'openpile.screen'

/**
 * Takes the screen's token off the address, where people would read it over shoulders and in
 * histories, and keeps it for this tab. False: the screen is of who is logged in.
 */
export function useTicket(): boolean {
  const route = useRoute()
  const router = useRouter()
  const { token: given, ...rest } = route.query
  if (typeof given === 'string' && given !== '') {
    sessionStorage.setItem(KEPT, given)
    void router.replace({ query: rest })
  }
  const token = sessionStorage.getItem(KEPT) ?? undefined
  workWith(token)
  onScopeDispose(() => workWith(undefined))
  return token !== undefined
}
