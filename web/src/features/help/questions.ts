import type { Capability } from '@/app/capabilities'

/** Questions about the account and this program, by what the card may do. What the scheme rules, the scheme says itself. */
export interface Question {
  ask: string
  answer: string
  /** Whom it concerns: cards with one of these capabilities; without, everybody. */
  may?: readonly Capability[]
  /** Cards with one of these are not concerned. */
  not?: readonly Capability[]
}

export const QUESTIONS: readonly Question[] = [
  {
    ask: '忘了密码怎么办',
    answer:
      '在登录页点“忘记密码”，填学校登记的信息，再向班主任、监护人或学校管理员要重置码。也可以请班主任给一张新的账号单。',
  },
  {
    ask: '账号单丢了，或者上面的密码不能用',
    answer: '账号单上的密码只能用一次，也会过期。请向班主任要一张新的，旧的随即作废。',
    may: ['act_for_student'],
  },
  {
    ask: '手机号换了',
    answer: '用旧手机号和密码还能登录，记录都在。请班主任或学校管理员把登录名改成新号码。',
    not: ['act_as_student', 'manage_accounts'],
  },
  {
    ask: '领不到孩子的卡',
    answer: '姓名、证件号、手机号要和学校登记的一样。都核对过还是不行，请班主任查学校登记的是哪一个。',
    may: ['act_as_guardian'],
  },
  {
    ask: '有两个孩子，怎么换着看',
    answer: '在“我的”里点“换卡”，给每个孩子各领一张卡，点哪张就看哪个孩子。',
    may: ['act_as_guardian'],
  },
  {
    ask: '写到一半断网了，或者手机没电了',
    answer: '写下的内容和选好的照片存在这台设备上，打开就接着写。联网后照片自动接着传。',
  },
  {
    ask: '在学校的公用电脑上用',
    answer: '登录时不要勾“保持登录”，用完点“退出登录”，选“清除草稿并退出”。',
  },
  { ask: '字太小', answer: '在登录页、左下角或“我的”里点“大字版”，只改这台设备。' },
  {
    ask: '平台说“不能”，又不知道为什么',
    answer:
      '每次不能办，都会写明原因、什么时候可以、找谁。照着找那个人就行；说不清楚的，把页面上的求助编号告诉学校管理员。',
  },
  {
    ask: '同事离职或换岗',
    answer: '在“人员”里停用或调整他的身份卡，一分钟内就不能再看到学生的内容。',
    may: ['grant_staff'],
  },
]
