// What the server calls its fields, and the words that a field may hold, as far as its document says.

/** A description that lists words: `draft`, `published`; or: In this state only: `open`, `closed`. */
const LISTS = /(?:^|: )`-?[a-z][a-z0-9_]*`(?:[,;:]| or| \(| from)/
const WORD = /`-?([a-z][a-z0-9_]*)`/g

/** All field names and filters under some paths, and the words of each, in order. */
export function namesOf(document, paths) {
  const words = new Map()
  const visited = new Set()
  const resolve = (schema) =>
    schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema

  function tell(name, { description = '', enum: choices = [] }) {
    const known = words.get(name) ?? words.set(name, new Set()).get(name)
    const listed = LISTS.test(description) ? [...description.matchAll(WORD)].map(([, w]) => w) : []
    for (const word of [...choices, ...listed]) if (typeof word === 'string') known.add(word)
  }
  function walk(given, name) {
    const schema = resolve(given)
    const isStructure = schema.properties !== undefined
    if (name) tell(name, { ...schema, description: isStructure ? '' : given.description })
    if (name && given.$ref && !isStructure) tell(name, schema)
    const visit = `${name}:${given.$ref}`
    if (given.$ref && visited.has(visit)) return
    visited.add(visit)
    for (const part of [schema.allOf, schema.oneOf, schema.anyOf].flat()) if (part) walk(part, name)
    for (const [field, part] of Object.entries(schema.properties ?? {})) walk(part, field)
    if (schema.items) walk(schema.items, name)
    if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties, name)
  }

  for (const operation of paths.flatMap(([, methods]) => Object.values(methods))) {
    for (const { in: place, name, schema, description } of operation.parameters ?? []) {
      if (place === 'query') walk({ ...schema, description }, name)
    }
    const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
    for (const message of [operation.requestBody, ...answers.map(([, answer]) => answer)]) {
      for (const { schema } of Object.values(message?.content ?? {})) if (schema) walk(schema)
    }
  }
  return Object.fromEntries([...words].sort().map(([name, found]) => [name, [...found].sort()]))
}
