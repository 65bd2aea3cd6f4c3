import { me } from '@/api/session'
import { treeOf, walk, type TreeNode } from '@/api/tree'
import { computed } from 'vue'
import { locale } from './words'

/** A node of a tree of the server in the language that is shown. */
export const nodeLabel = ({ label, label_en }: Pick<TreeNode, 'label' | 'label_en'>): string =>
  locale.value === 'zh' ? label : label_en

const paths = computed(() => {
  const found = new Map<string, string>()
  const trees = [me.value?.accessPermission, me.value?.datasetPermission].flatMap(treeOf)
  walk(trees, (node, above) => {
    found.set(node.id, [...above.slice(1), node].map(nodeLabel).join(' / '))
  })
  return found
})

/** A permission for people, `充电订单 / 退款`; its id where it is no leaf of the tree. */
export const leafLabel = (leaf: string): string => paths.value.get(leaf) ?? leaf
