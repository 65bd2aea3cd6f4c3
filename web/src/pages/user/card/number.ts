/** A card's number as the server keeps it: leading zeros do not count. */
export const plainNumber = (text: string): string => text.replace(/^0+(?=.)/, '').toUpperCase()

const TAIL_DIGITS = 8

/** What readings of one chip end with, however long they are; noughts alone tell no chips apart. */
export function chipTail(text: string): string | undefined {
  const tail = text.slice(-TAIL_DIGITS).toUpperCase()
  return /[^0]/.test(tail) ? tail : undefined
}
