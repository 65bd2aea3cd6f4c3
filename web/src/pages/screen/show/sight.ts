import { reactive } from 'vue'

/** Which part of the business the screen shows. */
export const sight = reactive<{ org_id?: number; area_code?: string }>({})

/** Areas that have been seen with stations in them: those can be chosen. */
export const seenAreas = reactive(new Set<string>())
