/** A field of something that was changed. */
export interface Change {
  /** `rates[1].elec_fen` */
  field: string
  before: unknown
  after: unknown
}

type Structure = Record<string, unknown>
const isStructure = (value: unknown): value is Structure =>
  typeof value === 'object' && value !== null

function leaves(value: unknown, name: string, found: Map<string, unknown>): Map<string, unknown> {
  const parts: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((part, at) => [`${name}[${at}]`, part] as const)
    : isStructure(value)
      ? Object.entries(value).map(([key, part]) => [name ? `${name}.${key}` : key, part] as const)
      : []
  if (parts.length === 0 && name) {
    const isEmpty = isStructure(value)
    found.set(name, isEmpty ? undefined : value)
  }
  for (const [path, part] of parts) leaves(part, path, found)
  return found
}

/** What differs between two states of a thing, field by field; all of it where one is missing. */
export function changesOf(before: unknown, after: unknown): Change[] {
  const old = leaves(before, '', new Map())
  const now = leaves(after, '', new Map())
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((field) => ({ field, before: old.get(field), after: now.get(field) }))
    .filter((change) => (change.before ?? null) !== (change.after ?? null))
}
