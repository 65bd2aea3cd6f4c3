import type { Words } from './words'

/** Words of the server for people, by the word, or by field and word where one word means two things. */
export const values: Record<string, Words> = {
  pending: ['等待中', 'Pending'],
}
