export interface Evidence {
  id: string
  /** 照片 1, 服务证明: by number or by what it is, never the file's name. */
  title: string
  kind: 'image' | 'pdf' | 'other'
  /** Pages of a PDF, made into pictures by the server. */
  pages?: number
}

/** Reads the address of a picture: of a page (from 1 on), small or whole. Null: there is no preview. */
export type PictureSource = (evidence: Evidence, page: number, size: 'small' | 'whole') => Promise<string | null>
