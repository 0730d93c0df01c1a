// What a client written against the generated types does: it must compile.
import type { components, paths } from './api.js';

type Project = components['schemas']['heitie.planning.v1.Project'];
type Change = paths['/v1/projects/{project}']['patch']['requestBody']['content']['application/json'];
type Body<P extends keyof paths> = paths[P] extends { post: { requestBody?: { content: { 'application/json': infer B } } } } ? B : never;
type Failure = components['schemas']['Error'];

export const change: Change = { title: 'Another title', etag: '1' };
export const dated: Change = { startDate: '2027-01-01', endDate: { year: 2027, month: 1, day: 31 } };
export const risk: Body<'/v1/risks'> = { category: 'CATEGORY_MARKET', subject: 'projects/p', title: 'Rain', cause: 'It is the season', owner: 'employees/e' };
// Of an answer nothing has to be asked whether it is there.
export const titleOf = (project: Project): string => project.title;
export const versionOf = (project: Project): string => project.etag;
export const verbsOf = (project: Project): string[] => project.allowedVerbs;
// @ts-expect-error a number is no title
export const wrong: Change = { title: 5 };

export function reasonOf(failure: Failure): string | undefined {
  for (const detail of failure.error.details) {
    if (detail['@type'] === 'type.googleapis.com/google.rpc.ErrorInfo') return detail.reason;
  }
  return undefined;
}
