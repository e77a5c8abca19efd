import { passwordRules, withinPasswordRules } from "../../../../../core/mysql/password-rules";
import { generatePassword } from "../../../../../lambdas/reconciler/secrets/generate-password";
import { assemble } from "../../../../support/assemble";
import { observedState } from "../../../../support/observed";
import { NOW } from "../../decisions/known";

const rules = (settings: Record<string, string>) => passwordRules(new Map(Object.entries(settings)));
const MET = { length: 40, mixed_case_count: 2, number_count: 2, special_char_count: 2 };
const planned = (passwordRules: typeof MET | undefined, login: "password" | "iam" = "password") =>
  assemble({
    roster: {
      roles: { read: ["SELECT"] },
      accounts: {
        sl_sync: {
          kind: "service",
          user: "sync",
          ...(login === "password" && { login }),
          databases: { orders: { role: "read" } },
        },
      },
    },
    observed: { ...observedState([]), passwordRules },
    now: NOW,
  }).problems;

describe("what the server asks of passwords", () => {
  it("is read of the component and of the plugin; with the policy LOW only the length counts", () => {
    expect(rules({ log_bin: "ON" })).toBeUndefined();
    const component = (policy: string) =>
      rules({
        "validate_password.policy": policy,
        "validate_password.length": "8",
        "validate_password.mixed_case_count": "1",
        "validate_password.number_count": "3",
      });
    expect(component("MEDIUM")).toEqual({
      length: 8,
      mixed_case_count: 1,
      number_count: 3,
      special_char_count: 0,
    });
    expect(component("LOW")).toEqual({
      length: 8,
      mixed_case_count: 0,
      number_count: 0,
      special_char_count: 0,
    });
    expect(rules({ validate_password_policy: "STRONG", validate_password_length: "12" })).toMatchObject({
      length: 12,
    });
  });

  it("is met by what is generated, or is a problem of the plan", () => {
    for (let n = 0; n < 100; n++) {
      const password = generatePassword();
      expect(password).toHaveLength(MET.length);
      for (const some of [/[A-Z]/g, /[a-z]/g, /[0-9]/g, /[^A-Za-z0-9]/g])
        expect(password.match(some)!.length).toBeGreaterThanOrEqual(2);
    }
    expect(planned(undefined)).toEqual([]);
    expect(planned(MET)).toEqual([]);
    for (const [name, value] of Object.entries(MET))
      expect(planned({ ...MET, [name]: value + 1 })).toEqual([
        `The server's validate_password refuses the generated password of 'sl_sync'@'%': ${name} ${value + 1} (at most ${value} is met). Lower it.`,
      ]);
  });

  it("is no matter where no password is set", () => {
    expect(planned({ ...MET, length: 99 }, "iam")).toEqual([]);
    const plan = { user: "sl_a", operations: [], problems: [] } as never;
    expect(withinPasswordRules(plan, { ...MET, length: 99 })).toBe(plan);
  });
});
