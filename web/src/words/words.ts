import { ref, watchEffect } from 'vue'

/** A text in both languages of the console. */
export type Words = readonly [zh: string, en: string]
export type Locale = 'zh' | 'en'

const KEPT = 'openpile.locale'

function remembered(): Locale {
  const kept = localStorage.getItem(KEPT)
  if (kept === 'zh' || kept === 'en') return kept
  return navigator.language.startsWith('en') ? 'en' : 'zh'
}

/** The language that is shown. */
export const locale = ref<Locale>(remembered())

watchEffect(() => {
  localStorage.setItem(KEPT, locale.value)
  document.documentElement.lang = locale.value === 'zh' ? 'zh-CN' : 'en'
})

/** A text in the language that is shown. */
export function say(words: Words): string {
  return words[locale.value === 'zh' ? 0 : 1]
}

/** Makes words out of a number and a noun: `3 条`, `3 rows`. */
export function count(number: number, [zh, en]: Words): string {
  return locale.value === 'zh' ? `${number} ${zh}` : `${number} ${en}`
}
