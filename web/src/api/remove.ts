// Deleting conversations.
import { useMutation } from "@tanstack/react-query";
import { send } from "./client";
import { conversationPath, FIGURES, usePage, useQueryClient } from "./data";

/** Deletes them one after the other; what was deleted before a fault stays so. */
export function useDelete() {
  const { session, project, live } = usePage();
  const client = useQueryClient();
  return useMutation<void, Error, string[]>({
    mutationFn: async (ids) => {
      for (const id of ids) {
        await send("DELETE", conversationPath(project, id), session.csrf_token);
        live.forget(id);
        client.removeQueries({ queryKey: ["conversation", project, id] });
      }
    },
    onSettled: () => Promise.all([["conversations"], [FIGURES]].map((queryKey) => client.invalidateQueries({ queryKey }))),
    networkMode: "always",
  });
}
