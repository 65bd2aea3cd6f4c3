/** A node of one of the two permission trees; only leaves are granted. */
export interface TreeNode {
  id: string
  label: string
  label_en: string
  type: string
  toggle: boolean
  children?: TreeNode[]
}

/** Trees as the document has them, where their nodes have no form. */
export const treeOf = (nodes: unknown): TreeNode[] => (nodes ?? []) as TreeNode[]

/** Calls `visit` for every node with those above it. */
export function walk(
  nodes: readonly TreeNode[],
  visit: (node: TreeNode, above: readonly TreeNode[]) => void,
  above: readonly TreeNode[] = [],
): void {
  for (const node of nodes) {
    visit(node, above)
    walk(node.children ?? [], visit, [...above, node])
  }
}

export const isLeaf = ({ children }: TreeNode): boolean => !children?.length
