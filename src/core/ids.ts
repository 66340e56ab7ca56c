declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

export type SceneId = Branded<string, 'SceneId'>;
export type ModelId = Branded<string, 'ModelId'>;
export type RunId = Branded<string, 'RunId'>;
export type TaskId = Branded<string, 'TaskId'>;

/** File-name-safe identifiers: letters, digits, `.`, `_`, `-`; no leading dot; 1 to 120 characters. */
export const ID_PATTERN = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}$/;

/** A folder or file below the workspace, by identifiers between slashes: no way up, none from the root. */
export const INNER_PATH_PATTERN =
  /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,119})*$/;

export const sceneId = (text: string): SceneId => text as SceneId;
export const modelId = (text: string): ModelId => text as ModelId;
export const runId = (text: string): RunId => text as RunId;
export const taskId = (text: string): TaskId => text as TaskId;

/** Makes an identifier from free text: other characters become `-`, runs of them one; never empty. */
export function slug(text: string): string {
  const cleaned = text
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 100);
  return cleaned === '' ? 'unnamed' : cleaned;
}
