export interface TreeNode {
  id: string
  title: string
  count?: number
  /** There is something below, perhaps not read yet. */
  more?: boolean
  children?: readonly TreeNode[]
}
