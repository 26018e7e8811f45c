# SOURCE: https://github.com/labmlai/annotated_deep_learning_paper_implementations/pull/221 (ViT cls token and positions; retold in Keras) [typical slip put into this code by me; the source does not report this very fault]
# KIND: ViT embedding: a class token is put in front, the table of positions still has one row a patch
# PLAIN KERAS: ValueError: Exception encountered when calling PatchEmbedding.call(). Dimensions must be equal, but are 17 and 16 for '{{node tiny_vi_t_1/patch_embedding_1/add}} = AddV2[T=DT_FLOAT](tiny_vi_t_1/patch_embedding_1/concat, tiny_vi_t_1/patch_embedding_1/add/ReadVariableOp)' with input shapes: [?,17,24], [1,16,24].
# RIGHT: add_weight(shape=(1, num_patches, dim) -> (1, num_patches + 1, dim)) | order: add self.position before the class token is concatenated | PatchEmbedding(num_patches=16 -> 17)
# NOT: ops.concatenate(axis=1); Dense(dim)
import numpy as np
import keras
from keras import layers, ops


class PatchEmbedding(layers.Layer):
    def __init__(self, num_patches, dim, **kwargs):
        super().__init__(**kwargs)
        self.dim = dim
        self.project = layers.Dense(dim)
        self.cls = self.add_weight(name="cls", shape=(1, 1, dim), initializer="zeros")
        self.position = self.add_weight(name="position", shape=(1, num_patches, dim))

    def call(self, patches):
        n = ops.shape(patches)[0]
        tokens = self.project(patches)
        cls = ops.broadcast_to(self.cls, (n, 1, self.dim))
        tokens = ops.concatenate([cls, tokens], axis=1)
        return tokens + self.position


class TinyViT(keras.Model):
    def __init__(self):
        super().__init__()
        self.embed = PatchEmbedding(16, 24)
        self.attn = layers.MultiHeadAttention(2, 12)
        self.norm = layers.LayerNormalization()
        self.head = layers.Dense(10)

    def call(self, patches):
        t = self.embed(patches)
        t = t + self.attn(t, t)
        return self.head(self.norm(t)[:, 0])   # read the class token


x = np.random.rand(8, 16, 48).astype("float32")     # 16 flattened 4x4x3 patches
y = np.random.randint(0, 10, (8,))
model = TinyViT()
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(x, y, epochs=1, verbose=0)
