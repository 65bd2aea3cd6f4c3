import { computed, shallowRef, watch } from 'vue'
import { call } from './call'
import { operations } from './generated/operations'
import { dropTokens, keepTokens } from './tokens'
import { isLeaf, treeOf, walk } from './tree'
import type { Answer, Operation } from './types'

type Me = Answer<'GET /session'>

/** Who works here, once they have logged in. */
export const me = shallowRef<Me>()

/** Waits until somebody has logged in. */
export const whoWorksHere = async (): Promise<Me> =>
  me.value ?? new Promise((resume) => watch(me, (now) => now && resume(now), { once: true }))

const granted = computed(() => {
  const leaves = new Set<string>()
  walk(treeOf(me.value?.accessPermission), (node) => {
    if (isLeaf(node) && node.toggle) leaves.add(node.id)
  })
  return leaves
})

/** Whether a leaf of the permission tree is granted. */
export const may = (leaf: string): boolean => granted.value.has(leaf)

/** Whether an operation would be let through. */
export function mayCall(operation: Operation): boolean {
  const [leaf] = operations[operation]
  return leaf === 'session' || leaf === 'public' || may(leaf)
}

/** Whether a page is open to this account. */
export const maySee = (page: string): boolean => may(`${page}.view`)

/** Whether a field is taken from what an operation shows and takes. */
export function hides(operation: Operation, field: string): boolean {
  const [, ...datasets] = operations[operation] as readonly string[]
  const hidden = (me.value as { hidden_fields?: Record<string, string[]> })?.hidden_fields
  return datasets.some((dataset) => hidden?.[dataset]?.includes(field))
}

export interface Credentials {
  username: string
  password: string
  code?: string
}

export async function logIn(credentials: Credentials): Promise<void> {
  const session = await call('POST /session', { body: credentials })
  keepTokens(session)
  me.value = session.me
}

export async function readMe(): Promise<void> {
  me.value = await call('GET /session')
}

export async function logOut(): Promise<void> {
  await call('DELETE /session').catch(() => undefined)
  dropTokens()
  location.reload()
}
