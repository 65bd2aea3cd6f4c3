/** What devices speak. */
export const PROTOCOLS: readonly string[] = ['bkv', 'ap3000', 'ykc', 'infypower']
