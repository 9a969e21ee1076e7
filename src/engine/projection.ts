/** Rows for people's own SQL; columns as in the seed. Written in the transaction of the events they come from. */
export interface Projection {
  readonly tasks: readonly {
    readonly id: string;
    readonly title: string;
    readonly description: string;
    readonly status: string;
    readonly priority: string;
    readonly dependencies: readonly string[];
    readonly metadata: Readonly<Record<string, unknown>>;
  }[];
  readonly workflows: readonly {
    readonly id: string;
    readonly taskId: string;
    readonly status: string;
    readonly startTime: number | null;
    readonly endTime: number | null;
    readonly result: Readonly<Record<string, unknown>> | null;
    readonly metadata: Readonly<Record<string, unknown>>;
  }[];
  readonly history: readonly {
    readonly workflowId: string;
    readonly from: string | null;
    readonly to: string;
    readonly at: number;
    readonly metadata: Readonly<Record<string, unknown>>;
  }[];
}
