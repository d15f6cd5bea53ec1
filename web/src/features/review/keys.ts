/** The keys of the review desk, as they are shown; what they do stands in `ReviewDesk`. */
export const keysOf = (approve: string, back: string) => [
  { keys: ['A'], does: `${approve}并下一条` },
  { keys: ['R'], does: back },
  { keys: ['J', 'K'], does: '下一条、上一条' },
  { keys: ['←', '→'], does: '换材料' },
  { keys: ['Z'], does: '放大' },
  { keys: ['U'], does: '撤回刚才的决定' },
  { keys: ['/'], does: '查找' },
]
