/**
 * The seed's diagram of task states, with four departures (docs/decisions): cancel is also allowed once a pull request
 * exists; a new head sends a validated pull request back to validation; a human may merge what failed, even while it is
 * being tried again, or was cancelled; what landed or was cancelled begins anew when its sub-issue is opened again.
 */
import type { TaskStatus } from './model.ts';

const cancelled = 'cancelled';

export const legalMoves: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  pending: ['nlp_parsing', 'failed', cancelled],
  nlp_parsing: ['task_decomposition', 'failed', cancelled],
  task_decomposition: ['dependency_resolution', 'failed', cancelled],
  dependency_resolution: ['agent_assignment', 'merged', 'failed', cancelled],
  agent_assignment: ['processing', 'merged', 'failed', cancelled],
  processing: ['pr_created', 'merged', 'failed', cancelled],
  pr_created: ['validation_running', 'merged', 'failed', cancelled],
  validation_running: ['validation_passed', 'validation_failed', 'merged', 'failed', cancelled],
  validation_failed: ['processing', 'validation_running', 'merged', 'failed', cancelled],
  validation_passed: ['merged', 'validation_running', 'failed', cancelled],
  // `failed` back to the start is a new pass, and so a new workflow row
  failed: ['nlp_parsing', 'dependency_resolution', 'merged', cancelled],
  // and so are these, when its sub-issue is opened again
  merged: ['dependency_resolution'],
  cancelled: ['dependency_resolution', 'merged'],
};
