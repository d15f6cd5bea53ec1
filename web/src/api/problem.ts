/** A refusal of a service as RFC 9457 problem document, or what happened instead of an answer (`offline`, `fault`). */
export interface ProblemDocument {
  title: string
  status: number
  code: string
  detail?: string
  help?: string
  rule?: string
  scheme?: string
  field?: string
  window?: { title?: string; opens_at?: string; closes_at?: string; [key: string]: unknown }
  errors?: { field: string; message: string; [key: string]: unknown }[]
  request_id?: string | null
  retry_after?: number
  [key: string]: unknown
}

export class ApiProblem extends Error {
  constructor(readonly document: ProblemDocument) {
    super(document.title)
    this.name = 'ApiProblem'
  }

  get code(): string {
    return this.document.code
  }

  get status(): number {
    return this.document.status
  }

  /** No answer came: the network is down, or the service cannot be reached. */
  get offline(): boolean {
    return this.code === 'offline'
  }

  /** The messages by field id, for forms. Field ids are those of the request (`fields.hours` is `hours`). */
  get byField(): Record<string, string> {
    const found: Record<string, string> = {}
    for (const { field, message } of this.document.errors ?? []) found[field] ??= message
    return found
  }

  static offline(): ApiProblem {
    return new ApiProblem({ title: '网络断了，没有发出', status: 0, code: 'offline', help: '联网后请重试' })
  }

  static async from(answer: Response): Promise<ApiProblem> {
    const document: unknown = await answer.json().catch(() => null)
    if (typeof document === 'object' && document !== null && 'code' in document && 'title' in document) {
      return new ApiProblem({ status: answer.status, ...document } as ProblemDocument)
    }
    const title = answer.status >= 500 ? '服务暂时不可用，请稍后再试' : '没有办成，请刷新后再试'
    return new ApiProblem({ title, status: answer.status, code: 'fault' })
  }
}

/** The problem of a failed query or mutation; whatever else was thrown becomes a `fault`. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  return new ApiProblem({ title: '页面出了问题，请刷新后再试', status: 0, code: 'fault' })
}

/** One of several answers that was refused, as if it had been asked for alone. */
export function refused({
  code,
  detail,
  help,
}: {
  code: string | null
  detail: string | null
  help?: string | null
}): ApiProblem {
  const document = { title: detail ?? '没有办成', status: 409, code: code ?? 'fault', detail: detail ?? '' }
  return new ApiProblem(help ? { ...document, help } : document)
}
