import { useRoute } from 'vue-router'

/** What the address of a detail page names; the page is made anew for another one. */
export const useKey = (): string => String(useRoute().params.key)
